/** What the values of settings may be: shorthands for their schemas. */
import { Type } from "@sinclair/typebox";

export const text = (options = {}) => Type.String({ minLength: 1, ...options });
export const texts = (options = {}) => Type.Array(text(options));
export const oneOf = <Word extends string>(...words: Word[]) => Type.Union(words.map((word) => Type.Literal(word)));
export const whole = (minimum: number, maximum: number) => Type.Integer({ minimum, maximum });
export const decimal = (minimum: number, maximum: number) => Type.Number({ minimum, maximum });

export const DAY = 86_400;
export const MIB = 1024 ** 2;
export const TIB = 1024 ** 4;
