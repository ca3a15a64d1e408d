"""Deepgram's Python library against a server: prints what it got as lines of JSON. Arguments: URL, key, a WAV file of 16-bit mono."""

import json
import sys
import threading

from deepgram import DeepgramClient
from deepgram.core.api_error import ApiError
from deepgram.core.events import EventType
from deepgram.environment import DeepgramClientEnvironment

url, key, path = sys.argv[1:]
sockets = url.replace("http", "ws", 1)
environment = DeepgramClientEnvironment(base=url, production=sockets, agent=sockets, agent_rest=url)
client = DeepgramClient(api_key=key, environment=environment)
recording = open(path, "rb").read()


def tell(what, **facts):
    print(json.dumps({"what": what, **facts}), flush=True)


def chunks(size=8192):
    for at in range(0, len(recording), size):
        yield recording[at : at + size]


def refusal(what, act):
    try:
        act()
        tell(what, status=200)
    except ApiError as error:
        tell(what, status=error.status_code, body=error.body, kind=type(error).__name__)


media = client.listen.v1.media
for what, request in (("bytes", recording), ("chunks", chunks())):
    answer = media.transcribe_file(
        request=request, model="nova-3", smart_format=True, utterances=True, redact=["pci", "ssn"], diarize=False
    )
    alternative = answer.results.channels[0].alternatives[0]
    tell(
        what,
        kind=type(answer).__name__,
        transcript=alternative.transcript,
        paragraphs=len(alternative.paragraphs.paragraphs),
        utterances=len(answer.results.utterances),
        duration=answer.metadata.duration,
    )

refusal("bad audio", lambda: media.transcribe_file(request=b"no audio", model="nova-3"))
refusal("wrong key", lambda: DeepgramClient(api_key="wrong", environment=environment).manage.v1.projects.list())
refusal("private url", lambda: media.transcribe_url(url="http://10.0.0.1/a.wav", model="nova-3"))
tell("grant", seconds=client.auth.v1.tokens.grant(ttl_seconds=20).expires_in)
tell("project", name=client.manage.v1.projects.list().projects[0].name)

with client.listen.v1.connect(model="nova-3", encoding="linear16", sample_rate=16000, punctuate=True) as stream:
    stream.on(EventType.MESSAGE, lambda message: tell("message", **json.loads(message.json())))
    stream.on(EventType.ERROR, lambda error: tell("error", text=str(error)))
    listening = threading.Thread(target=stream.start_listening)
    listening.start()
    for at in range(44, len(recording), 3200):
        stream.send_media(recording[at : at + 3200])
    stream.send_close_stream()
    listening.join(60)
    tell("closed", alive=listening.is_alive())
