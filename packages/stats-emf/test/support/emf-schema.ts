const name = { type: "string", minLength: 1, maxLength: 255 } as const;

const metricDefinition = {
  type: "object",
  required: ["Name"],
  additionalProperties: false,
  properties: {
    Name: name,
    Unit: {
      enum: [
        ..."Seconds Microseconds Milliseconds".split(" "),
        ..."Bytes Kilobytes Megabytes Gigabytes Terabytes".split(" "),
        ..."Bits Kilobits Megabits Gigabits Terabits".split(" "),
        ..."Bytes/Second Kilobytes/Second Megabytes/Second Gigabytes/Second Terabytes/Second".split(" "),
        ..."Bits/Second Kilobits/Second Megabits/Second Gigabits/Second Terabits/Second".split(" "),
        ..."Percent Count Count/Second None".split(" "),
      ],
    },
    StorageResolution: { enum: [1, 60] },
  },
} as const;

const metricDirective = {
  type: "object",
  required: ["Namespace", "Dimensions", "Metrics"],
  additionalProperties: false,
  properties: {
    Namespace: name,
    Dimensions: {
      type: "array",
      minItems: 1,
      items: { type: "array", maxItems: 30, uniqueItems: true, items: name },
    },
    Metrics: { type: "array", minItems: 1, maxItems: 100, items: metricDefinition },
  },
} as const;

/**
 * A document of the CloudWatch embedded metric format, by docs.aws.amazon.com/AmazonCloudWatch/latest/monitoring/
 * CloudWatch_Embedded_Metric_Format_Specification.html. A schema cannot express references to members of the root: `parseEmfLine` checks them.
 */
export const emfSchema = {
  type: "object",
  required: ["_aws"],
  properties: {
    _aws: {
      type: "object",
      required: ["Timestamp", "CloudWatchMetrics"],
      additionalProperties: false,
      properties: {
        Timestamp: { type: "integer", minimum: 1_500_000_000_000 },
        CloudWatchMetrics: { type: "array", minItems: 1, items: metricDirective },
      },
    },
  },
} as const;
