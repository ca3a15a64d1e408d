/** Who listens on sockets, and what each of them may hear. */
import type { Socket } from "../socket.ts";
import { eventText, isOriginals, type Told } from "./events.ts";

export interface Member {
  socket: Socket;
  /** Whose key opened it, or the address where no key is wanted. */
  owner: string;
  /** It came to the page's path; on the original's own, only what the original tells is told. */
  isPage: boolean;
}

export interface Telling {
  /** Whose audio it is of; undefined: this machine's, which is everybody's. */
  owner?: string | undefined;
  /** The original would not tell it. */
  isForPage?: boolean;
}

export class Audience {
  readonly #members = new Set<Member>();

  get size(): number {
    return this.#members.size;
  }

  add(member: Member): void {
    this.#members.add(member);
  }

  remove(member: Member): void {
    this.#members.delete(member);
  }

  /**
   * Tells everybody; of a client's own audio, where keys are wanted, that key's sockets alone. Nobody is waited for: who does not read is cut off.
   */
  tell(told: Told, { owner, isForPage = !isOriginals(told) }: Telling = {}): void {
    const text = eventText(told);
    for (const member of this.#members) {
      if (owner?.startsWith("key:") && member.owner !== owner) continue;
      if (member.isPage || !isForPage) member.socket.send(text);
    }
  }
}
