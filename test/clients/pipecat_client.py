"""A pipecat pipeline hears a recording through its Deepgram services: prints what came out of it as lines of JSON.

Arguments: URL, key, a WAV file of 16-bit mono at 16 kHz.
"""

import asyncio
import json
import sys
import time
import wave

from loguru import logger
from pipecat.frames.frames import (
    EndFrame,
    ErrorFrame,
    InputAudioRawFrame,
    InterimTranscriptionFrame,
    TranscriptionFrame,
    VADUserStoppedSpeakingFrame,
)
from pipecat.pipeline.pipeline import Pipeline
from pipecat.pipeline.runner import PipelineRunner
from pipecat.pipeline.task import PipelineParams, PipelineTask
from pipecat.processors.frame_processor import FrameProcessor
from pipecat.services.deepgram.flux.stt import DeepgramFluxSTTService
from pipecat.services.deepgram.stt import DeepgramSTTService

RATE = 16000
PIECE = RATE // 50 * 2

url, key, path = sys.argv[1:]
logger.remove()
with wave.open(path) as recording:
    speech = recording.readframes(recording.getnframes())


def tell(what, **facts):
    print(json.dumps({"what": what, **facts}), flush=True)


class Listener(FrameProcessor):
    """Tells what passes: texts on their way down, errors on their way up."""

    def __init__(self, what):
        super().__init__()
        self.what = what
        self.text = ""
        self.failed = asyncio.Event()

    async def process_frame(self, frame, direction):
        await super().process_frame(frame, direction)
        if isinstance(frame, (TranscriptionFrame, InterimTranscriptionFrame)):
            tell(self.what, frame=type(frame).__name__, text=frame.text)
            if isinstance(frame, TranscriptionFrame):
                self.text += f" {frame.text}"
        elif isinstance(frame, ErrorFrame) and not self.failed.is_set():
            tell(self.what, frame="ErrorFrame", text=frame.error)
            self.failed.set()
        await self.push_frame(frame, direction)


async def feed(task, samples):
    """Gives the pipeline audio at the pace at which it was spoken."""
    began = time.monotonic()
    for at in range(0, len(samples), PIECE):
        await asyncio.sleep(max(0, began + at / (2 * RATE) - time.monotonic()))
        await task.queue_frame(
            InputAudioRawFrame(audio=samples[at : at + PIECE], sample_rate=RATE, num_channels=1)
        )


async def hear(what, service, finalize):
    above, below = Listener(what), Listener(what)
    task = PipelineTask(Pipeline([above, service, below]), params=PipelineParams(audio_in_sample_rate=RATE))

    async def speak():
        await feed(task, speech)
        # What a VAD in the pipeline says, on which the service asks for what is left; others need the silence itself.
        if finalize:
            await task.queue_frame(VADUserStoppedSpeakingFrame())
        else:
            await feed(task, bytes(4 * RATE))
        while "you can do for your country" not in below.text.lower():
            await asyncio.sleep(0.05)
        await task.queue_frame(EndFrame())

    await asyncio.gather(PipelineRunner(handle_sigint=False).run(task), speak())
    tell(what, frame="END")


async def refused(what, service):
    above = Listener(what)
    task = PipelineTask(Pipeline([above, service]), params=PipelineParams(audio_in_sample_rate=RATE))

    async def wait():
        await above.failed.wait()
        await task.cancel()

    await asyncio.gather(PipelineRunner(handle_sigint=False).run(task), wait())


async def main():
    sockets = url.replace("http", "ws", 1)
    settings = DeepgramSTTService.Settings(endpointing=300, smart_format=True)
    turns = DeepgramFluxSTTService(api_key=key, url=f"{sockets}/v2/listen")
    await asyncio.gather(
        hear("stream", DeepgramSTTService(api_key=key, base_url=sockets, settings=settings), finalize=True),
        hear("turns", turns, finalize=False),
    )
    await refused("wrong key", DeepgramSTTService(api_key="wrong", base_url=url))


asyncio.run(main())
