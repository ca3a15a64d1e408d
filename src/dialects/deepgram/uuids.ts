/** A UUID for a thing of this server that has a name of its own: always the same one (RFC 9562, version 5). */
export function uuidOf(name: string): string {
  return Bun.randomUUIDv5(name, NAMESPACE);
}

const NAMESPACE = "7f7e1f0e-63a5-4e7c-9d6c-2b1d0f5c3a41";
