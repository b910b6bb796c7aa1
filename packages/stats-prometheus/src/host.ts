/** The host of a URL, with its port where the URL has one. Nothing else of a URL may become a label. */
export function hostOf(url: string): string {
  const start = url.indexOf("//") + 2;
  if (start === 1) return "";
  const end = url.slice(start).search(/[/?#]/);
  const authority = end === -1 ? url.slice(start) : url.slice(start, start + end);
  // The events of a manager have no userinfo. Whoever else records one shall not publish a password.
  return authority.slice(authority.lastIndexOf("@") + 1);
}
