/** A file server that speaks HTTP by hand, so that tests can make it fail in the middle of an answer. */

interface SeenRequest {
  path: string;
  headers: Record<string, string>;
}

/** What one answer does wrong. Without a fault it is right: 200, or 206 to a range, or 416 past the end. */
interface Fault {
  /** This status and nothing else. */
  status?: number;
  location?: string;
  /** The connection ends after so many bytes of the body … */
  cutAfter?: number;
  /** … or stays open without another byte. */
  stallAfter?: number;
  ignoreRange?: boolean;
  /** Says that its range begins here. */
  rangeFrom?: number;
  /** Sends these bytes in the file's place. */
  content?: Uint8Array;
  /** Sends no content-length, and ends by closing. */
  unannounced?: boolean;
}

export interface FileServer extends Disposable {
  url: string;
  requests: SeenRequest[];
  /** One for each coming request; undefined for a right answer. */
  faults: (Fault | undefined)[];
}

/** Serves the same bytes under every path. */
export function serveFile(content: Uint8Array): FileServer {
  const requests: SeenRequest[] = [];
  const faults: (Fault | undefined)[] = [];
  const heads = new WeakMap<object, string>();
  const server = Bun.listen({
    hostname: "127.0.0.1",
    port: 0,
    socket: {
      data(socket, chunk) {
        const head = (heads.get(socket) ?? "") + chunk.toString("latin1");
        heads.set(socket, head);
        if (!head.includes("\r\n\r\n")) return;
        heads.delete(socket);
        const request = parse(head);
        requests.push(request);
        void send(socket, answer(content, request.headers, faults.shift() ?? {}));
      },
    },
  });
  return {
    url: `http://127.0.0.1:${server.port}`,
    requests,
    faults,
    [Symbol.dispose]: () => server.stop(true),
  };
}

interface Answer {
  head: string;
  body: Uint8Array;
  after: "keep" | "close" | "stall";
}

function parse(head: string): SeenRequest {
  const [first = "", ...lines] = head.split("\r\n");
  const headers = lines.flatMap((line) => {
    const colon = line.indexOf(":");
    return colon < 0 ? [] : [[line.slice(0, colon).toLowerCase(), line.slice(colon + 1).trim()] as const];
  });
  return { path: first.split(" ")[1] ?? "", headers: Object.fromEntries(headers) };
}

function answer(whole: Uint8Array, headers: Record<string, string>, fault: Fault): Answer {
  if (fault.status !== undefined) {
    const location = fault.location ? [`location: ${fault.location}`] : [];
    return { head: headOf(fault.status, [...location, "content-length: 0"]), body: new Uint8Array(0), after: "keep" };
  }
  const content = fault.content ?? whole;
  const asked = fault.ignoreRange ? undefined : /^bytes=(\d+)-$/.exec(headers.range ?? "")?.[1];
  const from = asked === undefined ? 0 : Number(asked);
  if (from >= content.length && from > 0)
    return { head: headOf(416, ["content-length: 0"]), body: new Uint8Array(0), after: "keep" };
  const rest = content.subarray(from);
  const lines = fault.unannounced ? [] : [`content-length: ${rest.length}`];
  if (asked !== undefined)
    lines.push(`content-range: bytes ${fault.rangeFrom ?? from}-${content.length - 1}/${content.length}`);
  const head = headOf(asked === undefined ? 200 : 206, lines);
  if (fault.cutAfter !== undefined) return { head, body: rest.subarray(0, fault.cutAfter), after: "close" };
  if (fault.stallAfter !== undefined) return { head, body: rest.subarray(0, fault.stallAfter), after: "stall" };
  return { head, body: rest, after: fault.unannounced ? "close" : "keep" };
}

function headOf(status: number, lines: string[]): string {
  return `${[`HTTP/1.1 ${status} X`, ...lines, "", ""].join("\r\n")}`;
}

/** Writes in pieces, as far as the socket takes them. */
async function send(socket: Bun.Socket<unknown>, { head, body, after }: Answer): Promise<void> {
  const bytes = Buffer.concat([Buffer.from(head), body]);
  for (let sent = 0; sent < bytes.length; ) {
    const count = socket.write(bytes, sent, Math.min(65_536, bytes.length - sent));
    if (count < 0) return;
    sent += count;
    if (count === 0) await Bun.sleep(1);
  }
  // A client's stream drops what nobody has read yet when the connection breaks; time to read it is what a real network gives.
  if (after === "close") setTimeout(() => socket.end(), 20);
}
