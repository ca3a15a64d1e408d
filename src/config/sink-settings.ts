/** The settings of where transcripts are sent on to. */
import { Type } from "@sinclair/typebox";
import { DAY, decimal, MIB, TIB, text, texts, whole } from "./kinds.ts";
import { optional, setting } from "./setting.ts";

export const sinkSettings = {
  sinks: {
    partials: setting(
      texts({ pattern: "^(webhook|redis|postgres|file)$", description: "webhook, redis, postgres, file" }),
      {
        section: "sinks",
        default: [],
        meaning: "Sinks that get partials besides finals.",
      },
    ),
    queueSize: setting(whole(MIB, TIB), {
      section: "sinks",
      default: 256 * MIB,
      unit: "bytes",
      meaning: "What may wait on disk for sinks that are down; past it the oldest is dropped, counted and logged.",
    }),
    retention: setting(decimal(60, 365 * DAY), {
      section: "sinks",
      default: 7 * DAY,
      unit: "seconds",
      meaning: "What a sink could not take for so long is dropped, counted and logged.",
    }),
    webhookUrl: optional(text({ pattern: "^https?://[^\\s]+$" }), {
      section: "sinks",
      meaning: "Address that gets a POST request for each record.",
    }),
    webhookSecret: optional(text(), {
      section: "sinks",
      secret: true,
      meaning: "Signs the webhook's requests (HMAC-SHA256, standardwebhooks.com); with `whsec_` before it, base64.",
    }),
    webhookToken: optional(text(), {
      section: "sinks",
      secret: true,
      meaning: "Sent with the webhook's requests as `Authorization: Bearer`.",
    }),
    redisUrl: optional(
      text({
        pattern: "^(redis|rediss|valkey|valkeys)://[^\\s]+$",
        description: "an address that begins with redis:// or rediss://",
      }),
      { section: "sinks", secret: true, meaning: "Redis or Valkey server; a secret because it may hold a password." },
    ),
    redisChannel: setting(Type.String(), {
      section: "sinks",
      default: "transcription",
      meaning: "Channel on which Redis publishes the records; empty for none.",
    }),
    redisStream: optional(text(), {
      section: "sinks",
      meaning: "Redis stream to which the records are added.",
    }),
    redisStreamLength: setting(whole(0, 1e9), {
      section: "sinks",
      default: 100_000,
      meaning: "Entries after which the stream's oldest may be dropped; 0 never.",
    }),
    postgresUrl: optional(
      text({
        pattern: "^postgres(ql)?://[^\\s]+$",
        description: "an address that begins with postgres://",
      }),
      { section: "sinks", secret: true, meaning: "PostgreSQL database; a secret because it may hold a password." },
    ),
    postgresSchema: setting(
      text({ pattern: "^[a-z_][a-z0-9_]{0,62}$", description: "a name of small letters, digits and _" }),
      {
        section: "sinks",
        default: "verbatim",
        meaning: "Schema in which the tables are made; it is made too.",
      },
    ),
    file: optional(text(), {
      section: "sinks",
      unit: "path",
      meaning: "File to which each record is appended as a line of JSON.",
    }),
  },
} as const;
