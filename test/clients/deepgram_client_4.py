"""Version 4 of Deepgram's Python library against a server: prints what it got as lines of JSON. Arguments: URL, key, a WAV file of 16-bit mono."""

import json
import sys
import threading

from deepgram import DeepgramClient, DeepgramClientOptions, LiveOptions, LiveTranscriptionEvents, PrerecordedOptions

url, key, path = sys.argv[1:]
client = DeepgramClient(key, DeepgramClientOptions(url=url))
recording = open(path, "rb").read()


def tell(what, **facts):
    print(json.dumps({"what": what, **facts}), flush=True)


answer = client.listen.rest.v("1").transcribe_file({"buffer": recording}, PrerecordedOptions(model="nova-3", smart_format=True))
tell("recording", transcript=answer.results.channels[0].alternatives[0].transcript)

try:
    DeepgramClient("wrong", DeepgramClientOptions(url=url)).listen.rest.v("1").transcribe_file({"buffer": recording})
except Exception as error:
    tell("wrong key", status=str(getattr(error, "status", "")))

stream = client.listen.websocket.v("1")
finalized = threading.Event()


def hear(_, result, **__):
    text = result.channel.alternatives[0].transcript
    tell("result", final=result.is_final, transcript=text)
    if result.from_finalize:
        finalized.set()


stream.on(LiveTranscriptionEvents.Transcript, hear)
stream.on(LiveTranscriptionEvents.Error, lambda _, error, **__: tell("error", text=str(error)))
tell("started", right=stream.start(LiveOptions(model="nova-3", encoding="linear16", sample_rate=16000, endpointing=1500)))
for at in range(44, len(recording), 3200):
    stream.send(recording[at : at + 3200])
# Its own `finish` waits for nothing.
stream.finalize()
finalized.wait(60)
stream.finish()
