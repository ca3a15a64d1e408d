/** The envelope of everything that does something. */
export function done(message: string, data: object, warnings: readonly string[] = []): object {
  return { status: "success", data: warnings.length > 0 ? { ...data, warnings } : data, message };
}
