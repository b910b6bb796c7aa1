throw new RangeError("it cannot be loaded");
