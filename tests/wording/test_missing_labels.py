"""What models do not give is not taken for what they did not find."""

from __future__ import annotations

from qa_pipeline.wording.missing_labels import gaps_of, none_labelled, nothing_to_show


def row(model: str, untimed: int = 0, unlabelled: int = 0) -> dict[str, object]:
    return {"model": model, "channels": 4, "untimed": untimed, "unlabelled": unlabelled}


def test_a_gap_is_what_a_model_cannot_give() -> None:
    assert gaps_of([row("qwen3-asr-flash-filetrans", unlabelled=1), row("imported", unlabelled=4)]) == []
    assert gaps_of([row("fun-asr", unlabelled=4)]) == ["fun-asr gives no emotions: 4 channels are not labelled."]
    assert gaps_of([row("qwen3-asr-flash", untimed=2)]) == [
        "qwen3-asr-flash gives no times: 2 of its 4 channels are in no share of speech."
    ]
    assert gaps_of([row("qwen3-asr-flash-filetrans", untimed=1)]) == [
        "qwen3-asr-flash-filetrans gave times that can't be believed: 1 of its 4 channels are in no share of speech."
    ]


def test_none_labelled_blames_models_only_where_none_of_them_can() -> None:
    assert none_labelled([("dashscope beijing", "fun-asr")], "emotion") == "fun-asr gives no emotions"
    assert none_labelled([("dashscope beijing", "fun-asr"), ("import vtt", "imported")], "emotion") == "none labelled"
    assert none_labelled([], "language") == "none labelled"


def test_an_empty_chart_says_whether_anything_was_transcribed() -> None:
    assert nothing_to_show([]) == "No speech was transcribed in these dates."
    assert nothing_to_show([row("fun-asr")]) == "No speech with times was transcribed in these dates."
