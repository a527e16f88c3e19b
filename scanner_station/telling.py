"""How the station's commands tell what happens: results on standard output, refusals in words.

A refusal goes to standard error, with exit code 1.
"""

import json
import sys
from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from typing import Any

import typer

from domain.model.commands import command
from domain.model.errors import Refusal
from domain.model.labels import grouped
from domain.model.verdict import UNHEARD
from scanner_station.prompts import Tone, prompt_for

_SIGNS = {Tone.GOOD: "✓", Tone.ASK: "?", Tone.BAD: "✗"}


@contextmanager
def said_in_words() -> Iterator[None]:
    """A refusal ends the command; a fault keeps its trace."""
    try:
        yield
    except Refusal as refusal:
        said = prompt_for(refusal)
        typer.echo(f"{said.code}: {said.vi}\n{said.en}", err=True)
        raise typer.Exit(1) from None


def json_lines(told: Mapping[str, Any]) -> None:
    """Each result as one line of JSON on standard output, at once."""
    sys.stdout.write(json.dumps(told, ensure_ascii=False) + "\n")
    sys.stdout.flush()


def plain_lines(told: Mapping[str, Any]) -> None:
    """Each result as a line for people, Vietnamese first."""
    match told:
        case {"prompt": _, "vi": vi, "en": en}:
            line = f"• {vi} / {en}"
        case {"fact": fact, "subject": subject, "seq": seq}:
            words = command(fact)
            line = f"✓ {seq}  {words.vi} / {words.en}  {grouped(subject)}{_at_once(told)}"
        case {"seq": seq, "verdict": said, "tone": tone}:
            vi, en = f"{said['vi']} {said['next_vi']}", f"{said['en']} {said['next_en']}"
            codes = ", ".join(told["discrepancies"])
            line = f"{_SIGNS[tone]} {seq}  {vi} / {en}" + (f"  [{codes}]" if codes else "")
        case {"seq": seq, "discrepancies": [_, *_] as codes}:
            line = f"! {seq}  {', '.join(codes)}"
        case {"census": place, "absent": absent, "misplaced": misplaced, "foreign": foreign}:
            counts = f"{told['seen']}/{told['listed']}"
            lines_of = [
                *(f"  vắng / absent  {grouped(label)}" for label in absent),
                *(f"  sai chỗ / misplaced  {grouped(one)} ({at})" for one, at in misplaced.items()),
                *(f"  lạ / foreign  {grouped(label)}" for label in foreign),
            ]
            if told["truncated"]:
                lines_of.append("  ! danh sách chưa đủ / the list is not complete")
            line = "\n".join([f"= {grouped(place)}  {counts}", *lines_of])
        case {"image": image, "labels": labels}:
            line = f"  {image}: {len(labels)} nhãn / labels"
        case _:
            return
    sys.stdout.write(line + "\n")
    sys.stdout.flush()


def _at_once(told: Mapping[str, Any]) -> str:
    """What the station itself knows of the scan; nothing where it was not told ahead."""
    said = told.get("verdict")
    if said is None or said["reason"] == UNHEARD:
        return ""
    return f"\n{_SIGNS[told['tone']]} {told['seq']}  {said['vi']} / {said['en']}"
