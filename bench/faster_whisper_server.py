"""faster-whisper behind a small HTTP door, so that it is asked as the other systems are.

usage: faster_whisper_server.py MODEL PORT THREADS WORKERS text|words BATCH

BATCH 0: plain, for clips of up to 30 s, beam 1. BATCH n: its batched pipeline, n windows at once.
POST / with the path of a file answers {"text": …, "words": [[text, from, to], …]}; GET / answers when the model is loaded.
"""
import json
import sys
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer

from faster_whisper import BatchedInferencePipeline, WhisperModel

path, port, threads, workers, mode, batch = sys.argv[1:7]
model = WhisperModel(path, device="cpu", compute_type="int8", cpu_threads=int(threads), num_workers=int(workers))
words_wanted = mode == "words"
options = dict(language="en", beam_size=1, without_timestamps=not words_wanted, word_timestamps=words_wanted)
if int(batch) > 0:
    pipeline = BatchedInferencePipeline(model)
    options["without_timestamps"] = True
    options["batch_size"] = int(batch)
else:
    pipeline = model
    options["condition_on_previous_text"] = False


class Door(BaseHTTPRequestHandler):
    protocol_version = "HTTP/1.1"

    def do_GET(self):
        self.answer({})

    def do_POST(self):
        file = self.rfile.read(int(self.headers["Content-Length"])).decode()
        segments = list(pipeline.transcribe(file, **options)[0])
        words = [[w.word.strip(), w.start, w.end] for s in segments for w in s.words or []]
        self.answer({"text": " ".join(s.text.strip() for s in segments), "words": words})

    def answer(self, value):
        body = json.dumps(value).encode()
        self.send_response(200)
        self.send_header("Content-Length", str(len(body)))
        self.end_headers()
        self.wfile.write(body)

    def log_message(self, *_):
        pass


ThreadingHTTPServer(("127.0.0.1", int(port)), Door).serve_forever()
