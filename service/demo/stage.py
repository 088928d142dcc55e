"""What every act of the walk is given: the scratch installation, its people and the story that is told."""

from __future__ import annotations

from dataclasses import dataclass

from service.demo.cast import Cast
from service.demo.client import Answer, Client
from service.demo.scratch import Scratch
from service.demo.story import Story


@dataclass(frozen=True, slots=True)
class Stage:
    """Place, people, story."""

    place: Scratch
    cast: Cast
    story: Story

    def by(self, name: str) -> Client:
        """The way in of one person."""
        return self.cast[name]

    def answered(self, chinese: str, english: str, answer: Answer, status: int = 200) -> Answer:
        """Say a step that holds when the answer has that status; the answer."""
        self.story.holds(chinese, english, answer.status == status, (answer.status, answer.body))
        return answer
