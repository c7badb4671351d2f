"""How what is chosen in a question counts, as the form says it below the question and the title of a section."""

from __future__ import annotations

from qa_pipeline.scorecards.cards import Card, Question, Section
from qa_pipeline.wording.languages import t


def points_text(points: float) -> str:
    """Points in words: 1 point, 2.5 points."""
    return t("1 point") if points == 1 else t("{n} points", n=f"{points:g}")


def how_choices_count(question: Question) -> list[str]:
    """What a question of several choices begins with, and how far its cap lets them count; nothing where each counts
    as it is."""
    said = []
    if question.base:
        said.append(t("begins with {points}", points=points_text(question.base)))
    if question.cap is not None and question.cap.scope == "once":
        said.append(t("only the choice that gives most and the one that takes most count"))
    if question.cap is not None and question.cap.points is not None:
        said.append(t("all choices give or take at most {points}", points=points_text(question.cap.points)))
    return said


def how_bonus_counts(part: Section | Card) -> str:
    """How far bonus questions lift a section, or the card; empty where it has none, or nothing limits it."""
    questions = part.questions
    if part.most is None or not any(question.bonus and question.is_scored for question in questions):
        return ""
    return t("with its bonus at most {share}%", share=f"{part.most:g}")
