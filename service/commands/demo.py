"""Walk the whole main job on drawn samples, in a scratch folder that is gone afterwards."""

from __future__ import annotations

import json
import signal
import sys
from typing import Annotated

import typer

from archive.logs import log_to_stderr
from service.commands.opening import AsJson, tell
from service.demo.cast import ROLES, Cast, hire
from service.demo.scratch import Scratch, scratch, serving
from service.demo.stage import Stage
from service.demo.story import DoesNotHold, Story, speaks_chinese
from service.demo.walk import walk


def command(
    once: Annotated[bool, typer.Option("--once", help="End when the walk is done.")] = False,
    port: Annotated[int, typer.Option(help="Port of the scratch service; a free one unless given.")] = 0,
    as_json: AsJson = False,
) -> None:
    """Walk from an empty archive to a certificate; status 1 names the first step that did not hold.

    Without --once the service stays, with what the walk left, until Ctrl-C. Settings of the surroundings are not read,
    and nothing outside the scratch folder is touched.
    """
    log_to_stderr()
    signal.signal(signal.SIGTERM, _ended)
    story = Story(speaks_chinese(), tell if as_json else _print)
    with scratch(port) as place:
        cast = hire(place)
        with serving(place):
            held = _walked(Stage(place, cast, story))
            if as_json:
                _print(json.dumps(story.summary(), ensure_ascii=False))
            if held and not once:
                _stay(place, cast, story)
    sys.exit(0 if held else 1)


def _walked(stage: Stage) -> bool:
    try:
        walk(stage)
    except DoesNotHold as first:
        tell(f"{stage.story.told('没有成立', 'Does not hold')}: {first.step.seen}\n{stage.place.said()}")
        return False
    steps, seconds = len(stage.story.steps), stage.story.summary()["seconds"]
    stage.story.say(
        stage.story.told(f"\n{steps} 步全部成立，用时 {seconds} 秒。", f"\nAll {steps} steps held, in {seconds} s.")
    )
    return True


def _stay(place: Scratch, cast: Cast, story: Story) -> None:
    """Print the ways in, then wait for Ctrl-C."""
    story.say(story.told(f"\n服务仍在运行：{place.url}/", f"\nThe service is still running: {place.url}/"))
    for name, (roles, department) in ROLES.items():
        story.say(f"  {name:<10} {cast.passwords[name]}   {department}: {', '.join(roles)}")
    story.say(story.told("按 Ctrl-C 结束，一切随之清除。", "Ctrl-C ends it, and everything in it is gone."))
    try:
        signal.pause()
    except KeyboardInterrupt:
        story.say("")


def _ended(number: int, frame: object) -> None:
    """Leave by the front door, so that the service ends and the folder goes."""
    del number, frame
    raise KeyboardInterrupt


def _print(text: str) -> None:
    sys.stdout.write(f"{text}\n")
    sys.stdout.flush()
