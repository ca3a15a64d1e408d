/**
 * The items of a conversation: which stretch of audio is one, what is told of it, and in which order. Its id runs through everything: speech
 * started and stopped, committed, added, the deltas, and one end. A turn that the VAD finds is an item; so is all that lies between two commits.
 */
import type { SessionEvent } from "../../../recognizer/live/events.ts";
import { type Addition, ItemText } from "./item-text.ts";
import { itemObject, newId } from "./server-events.ts";
import type { Shape } from "./session-object.ts";

export interface ItemsOwner {
  /** Milliseconds before the speech that count as its turn's; undefined: the client decides what is a turn. */
  readonly prefix: number | undefined;
  readonly wantsLogprobs: boolean;
  /** Words are told as they settle, before their item is committed. */
  readonly isLive: boolean;
  readonly shape: Shape;
  say(type: string, fields: object): void;
}

interface Item {
  id: string;
  /** The numbers of its utterances, once it is committed. */
  first: number;
  last: number;
  /** Seconds of audio. */
  from: number;
  seconds: number;
  text: ItemText;
  /** What is not to be told before it is committed. */
  held: Addition[];
  isCommitted: boolean;
  isFailed: boolean;
}

/** What the session was asked for and has not reached yet; or what is to be said after that. */
type Awaited =
  | { type: "commit"; seconds: number }
  | { type: "flush" }
  | { type: "clear" }
  | { type: "say"; say(): void };

export class Items {
  readonly #owner: ItemsOwner;
  #awaited: Awaited[] = [];
  /** Turns that have begun, by their utterance. */
  readonly #turns = new Map<number, Item>();
  /** What belongs to no turn: the next commit makes it an item. */
  #draft = newItem();
  /** In work, in order of time. */
  readonly #committed: Item[] = [];
  #previous: string | null = null;
  /** Utterances up to this one belong to an item, or to nothing. */
  #owned = -1;
  /** Seconds of audio up to which all is committed or cleared, as the client knows it; and how far that has been told. */
  #committedTo = 0;
  #toldTo = 0;

  constructor(owner: ItemsOwner) {
    this.#owner = owner;
  }

  /** Whether somebody speaks, or seems to because no more audio comes. */
  get isTurnOpen(): boolean {
    return this.#turns.size > 0;
  }

  /** Seconds of audio that a commit would take, when so much has come. */
  uncommitted(appended: number): number {
    return Math.max(0, appended - this.#committedTo);
  }

  /** The client commits, and the session is told to finalize. */
  commit(appended: number): void {
    this.#await({ type: "commit", seconds: this.uncommitted(appended) });
    this.#committedTo = appended;
  }

  /** The session is told to finalize because no more audio comes. */
  flush(): void {
    this.#await({ type: "flush" });
  }

  /** The client clears its buffer, and the session is told to discard. */
  clear(appended: number): void {
    this.#await({ type: "clear" });
    this.#committedTo = appended;
  }

  /** Says something after the answers to what was asked before. */
  afterwards(say: () => void): void {
    if (this.#awaited.length === 0) say();
    else this.#await({ type: "say", say });
  }

  take(event: SessionEvent): void {
    if (event.type === "speech-started") this.#begin(event);
    else if (event.type === "speech-ended") this.#stop(event);
    else if (event.type === "finalized") this.#reached(event);
    else if (event.type === "discarded") this.#cleared(event);
    else if (event.type === "partial") this.#settle(event);
    else if (event.type === "final") this.#finish(event);
    else if (event.type === "error" && event.utterance !== undefined) this.#itemOf(event.utterance).isFailed = true;
  }

  /** Nothing more will be heard: what is committed has failed, and what is still to be said is said. */
  end(): void {
    for (const item of this.#committed.splice(0)) this.#tellFailure(item);
    this.#turns.clear();
    for (const awaited of this.#awaited.splice(0)) if (awaited.type === "say") awaited.say();
  }

  #await(awaited: Awaited): void {
    this.#awaited.push(awaited);
  }

  #begin({ utterance, from, heldFrom }: Extract<SessionEvent, { type: "speech-started" }>): void {
    const { prefix } = this.#owner;
    if (prefix === undefined) return;
    const turn = this.#takeDraft();
    turn.from = Math.max(this.#toldTo, heldFrom, from - prefix / 1000);
    this.#turns.set(utterance, turn);
    this.#owner.say("input_audio_buffer.speech_started", { audio_start_ms: milliseconds(turn.from), item_id: turn.id });
  }

  #stop(event: Extract<SessionEvent, { type: "speech-ended" }>): void {
    const { utterance, endpointAt, isDiscarded } = event;
    if (isDiscarded || utterance <= this.#owned) return;
    // It began while the client decided what is a turn.
    if (!this.#turns.has(utterance))
      this.#begin({ ...event, type: "speech-started", from: this.#toldTo, heldFrom: this.#toldTo });
    const turn = this.#turns.get(utterance);
    if (turn === undefined) return;
    this.#owner.say("input_audio_buffer.speech_stopped", {
      audio_end_ms: milliseconds(endpointAt),
      item_id: turn.id,
    });
    this.#committedTo = Math.max(this.#committedTo, endpointAt);
    this.#toldTo = endpointAt;
    this.#commit(turn, utterance, utterance, endpointAt - turn.from);
  }

  /** A `finalize` has reached its place. */
  #reached({ utterance, to }: { utterance: number; to: number }): void {
    const awaited = this.#awaited.shift();
    if (awaited?.type === "commit") {
      const turn = this.#turns.get(utterance);
      if (turn) this.#commit(turn, utterance, utterance, to - turn.from);
      else this.#commit(this.#takeDraft(), this.#owned + 1, utterance, awaited.seconds);
      this.#toldTo = to;
    }
    this.#sayNext();
  }

  /** A `discard` has reached its place: what belongs to no item yet belongs to none. */
  #cleared({ utterance, to }: { utterance: number; to: number }): void {
    this.#awaited.shift();
    this.#toldTo = to;
    this.#turns.clear();
    this.#draft = newItem();
    this.#owned = Math.max(this.#owned, utterance);
    this.#owner.say("input_audio_buffer.cleared", {});
    this.#sayNext();
  }

  #takeDraft(): Item {
    const item = this.#draft;
    this.#draft = newItem();
    return item;
  }

  #sayNext(): void {
    for (let next = this.#awaited[0]; next?.type === "say"; next = this.#awaited[0]) {
      this.#awaited.shift();
      next.say();
    }
  }

  #commit(item: Item, first: number, last: number, seconds: number): void {
    const { shape } = this.#owner;
    const say = (type: string, fields: object) => this.#owner.say(type, fields);
    this.#turns.delete(last);
    this.#owned = Math.max(this.#owned, last);
    Object.assign(item, { first, last, seconds, isCommitted: true });
    this.#committed.push(item);
    const previous = { previous_item_id: this.#previous };
    this.#previous = item.id;
    say("input_audio_buffer.committed", { ...previous, item_id: item.id });
    const told = { ...previous, item: itemObject(item.id, shape) };
    if (shape === "beta") say("conversation.item.created", told);
    else for (const step of ["added", "done"]) say(`conversation.item.${step}`, told);
    this.#tell(item, item.held.splice(0));
  }

  #settle(event: Extract<SessionEvent, { type: "partial" }>): void {
    if (!this.#owner.isLive || event.utterance <= this.#owned) return;
    const item = this.#itemOf(event.utterance);
    this.#tell(item, item.text.settle(event));
  }

  #finish(event: Extract<SessionEvent, { type: "final" }>): void {
    const { utterance, endsUtterance } = event;
    const item = this.#itemOf(utterance);
    this.#tell(item, item.text.finish(event));
    if (!item.isCommitted || utterance < item.last || !endsUtterance) return;
    this.#committed.splice(this.#committed.indexOf(item), 1);
    if (item.isFailed) this.#tellFailure(item);
    else this.#complete(item);
  }

  /** Where the words of an utterance go. */
  #itemOf(utterance: number): Item {
    const committed = this.#committed.find(({ first, last }) => first <= utterance && utterance <= last);
    if (committed) return committed;
    // What was cleared is said to nobody.
    if (utterance <= this.#owned) return newItem();
    return this.#turns.get(utterance) ?? this.#draft;
  }

  #tell(item: Item, additions: readonly Addition[]): void {
    if (!item.isCommitted && !this.#owner.isLive) {
      item.held.push(...additions);
      return;
    }
    for (const { delta, logprobs } of additions)
      this.#say("delta", item, { delta, ...(this.#owner.wantsLogprobs ? { logprobs } : {}) });
  }

  #complete(item: Item): void {
    const { transcript, logprobs } = item.text;
    this.#say("completed", item, {
      transcript,
      ...(this.#owner.wantsLogprobs ? { logprobs } : {}),
      // What adds up to whole seconds is not more for a rounding error.
      usage: { type: "duration", seconds: Math.ceil(milliseconds(item.seconds) / 1000) },
    });
  }

  #tellFailure(item: Item): void {
    const message = `Input transcription failed for item '${item.id}'.`;
    this.#say("failed", item, { error: { type: "server_error", code: null, message, param: null } });
  }

  #say(what: "delta" | "completed" | "failed", { id }: Item, fields: object): void {
    const type = `conversation.item.input_audio_transcription.${what}`;
    this.#owner.say(type, { item_id: id, content_index: 0, ...fields });
  }
}

function newItem(): Item {
  return {
    id: newId("item"),
    first: -1,
    last: -1,
    from: 0,
    seconds: 0,
    text: new ItemText(),
    held: [],
    isCommitted: false,
    isFailed: false,
  };
}

function milliseconds(seconds: number): number {
  return Math.round(seconds * 1000);
}
