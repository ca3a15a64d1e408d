"""OpenAI's Python library against a server: prints what it got as lines of JSON. Arguments: URL, key, a WAV file, a file of 24 kHz PCM."""

import asyncio
import base64
import json
import sys

from openai import APIStatusError, AsyncOpenAI, OpenAI

url, key, path, pcm = sys.argv[1:]
client = OpenAI(base_url=url, api_key=key, max_retries=0)


def tell(what, **facts):
    print(json.dumps({"what": what, **facts}), flush=True)


def refusal(what, act):
    try:
        act()
        tell(what, status=200)
    except APIStatusError as error:
        tell(what, status=error.status_code, code=error.code, kind=type(error).__name__, id=error.request_id)


def transcribe(**more):
    with open(path, "rb") as file:
        return client.audio.transcriptions.create(file=file, model="whisper-1", **more)


answer = transcribe()
tell("json", text=answer.text, usage=answer.usage.to_dict())
verbose = transcribe(response_format="verbose_json", timestamp_granularities=["word", "segment"])
tell(
    "verbose",
    text=verbose.text,
    language=verbose.language,
    duration=verbose.duration,
    segment=verbose.segments[0].text,
    words=len(verbose.words),
)
tell("srt", text=transcribe(response_format="srt"))
tell("bytes", text=client.audio.transcriptions.create(file=("clip.bin", open(path, "rb").read()), model="x").text)
events = list(transcribe(stream=True, chunking_strategy={"type": "server_vad", "threshold": 0.4}))
deltas = [event.delta for event in events if event.type == "transcript.text.delta"]
tell("stream", last=events[-1].type, text=events[-1].text, joined="".join(deltas))
tell("translation", text=client.audio.translations.create(file=open(path, "rb"), model="whisper-1").text)
tell("models", ids=[model.id for model in client.models.list()])
refusal("unknown model", lambda: client.models.retrieve("fake_id"))
refusal("bad language", lambda: transcribe(language="this is none"))
refusal("wrong key", lambda: OpenAI(base_url=url, api_key="sk-wrong", max_retries=0).models.list())


async def converse():
    live = AsyncOpenAI(base_url=url, api_key=key)
    audio = open(pcm, "rb").read()
    async with live.realtime.connect(extra_query={"intent": "transcription"}) as connection:
        await connection.session.update(
            session={
                "type": "transcription",
                "audio": {
                    "input": {
                        "format": {"type": "audio/pcm", "rate": 24000},
                        "transcription": {"model": "whisper-1"},
                        "turn_detection": None,
                    }
                },
            }
        )
        for at in range(0, len(audio), 48000):
            piece = base64.b64encode(audio[at : at + 48000]).decode()
            await connection.input_audio_buffer.append(audio=piece)
        await connection.input_audio_buffer.commit()
        types = []
        async for event in connection:
            types.append(event.type)
            if event.type == "error" or event.type.endswith("transcription.completed"):
                break
        tell("realtime", types=types, text=getattr(event, "transcript", None))


asyncio.run(asyncio.wait_for(converse(), 60))
