"""Where each word of a known text is in a recording, by CMU Sphinx: a second opinion that knows nothing of Whisper.

usage: forced_align.py < LINES
Every line of input is {"file": a WAV of 16 kHz, "words": [...]}; every line of output [[from, to], ...] or null when a word is
not in its dictionary.
"""
import json
import sys
import wave

from pocketsphinx import Decoder

decoder = Decoder(samprate=16000, bestpath=False, loglevel="FATAL")
for line in sys.stdin:
    request = json.loads(line)
    with wave.open(request["file"]) as file:
        pcm = file.readframes(file.getnframes())
    try:
        decoder.set_align_text(" ".join(request["words"]))
        decoder.start_utt()
        decoder.process_raw(pcm, full_utt=True)
        decoder.end_utt()
        # Its frames are 10 ms and the last one is inclusive; other pronunciations are marked "word(2)".
        spans = [[s.start_frame / 100, (s.end_frame + 1) / 100] for s in decoder.seg() if not s.word.startswith("<")]
    except RuntimeError:
        spans = []
    print(json.dumps(spans if len(spans) == len(request["words"]) else None), flush=True)
