/** The media type of a `Content-Type` in lower case, without its parameters; empty without one. */
export function mediaTypeOf(contentType: string | undefined): string {
  return contentType?.split(";", 1)[0]!.trim().toLowerCase() ?? "";
}
