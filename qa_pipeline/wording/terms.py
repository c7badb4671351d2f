"""Words of the trade that the pages use, each in a sentence, for people who meet them for the first time."""

from __future__ import annotations

from qa_pipeline.wording.languages import to_translate

TERMS: dict[str, str] = {
    to_translate("Mood (valence)"): to_translate(
        "How pleasant the feeling in a voice is, from −5 to +5, as research calls it: valence. Each sentence has the "
        "weight of its emotion, and long sentences count more. It is heard from the voice, not from the words."
    ),
    to_translate("Emotion"): to_translate(
        "The engine's label for how a sentence sounds: angry, disgusted, fearful, sad, neutral, surprised or happy. "
        "A sentence that is not labelled is not neutral: nobody knows."
    ),
    to_translate("Turn"): to_translate("All that a person says until the other one takes over."),
    to_translate("Back-channel"): to_translate(
        "A short word while the other one talks, which shows that one listens: mm-hm, yes, okay."
    ),
    to_translate("Quarter of a call"): to_translate(
        "A fourth of the recorded time, so that the beginning of a call can be compared with its end."
    ),
    to_translate("95% interval"): to_translate(
        "Where the mean would lie if there were more calls of the same kind. The fewer calls, the wider it is; where "
        "the intervals of two agents overlap, they can't be told apart."
    ),
    to_translate("Group (of agents)"): to_translate(
        "Agents whose 95% intervals all overlap each other: which of them is best, nobody can tell. An agent may be in "
        "several groups, such as 2–4. Two agents are apart exactly where they have no group in common; being apart is "
        "asked of each pair, so A and C may be, though B is apart from neither. Of many agents some pairs come "
        "apart by chance alone: about one in two hundred. Agents with fewer than 20 calls are in no group."
    ),
    to_translate("Quarantined"): to_translate(
        "A recording that was set aside before anything was sent or paid for: not stereo, damaged or silent."
    ),
    to_translate("Partial"): to_translate("A call of which one channel has a transcript and another has none."),
    to_translate("Engine"): to_translate(
        "Who turned sound into words: the paid service, a recognizer on this machine, or an import. Figures of "
        "different engines can't always be compared."
    ),
    to_translate("Rule"): to_translate(
        "A condition over one call, in a file that a lead edits: something is said, by whom and when, or is missing. "
        "It is applied to every call; the version says whether it was the same rule."
    ),
    to_translate("Hit and miss (of a rule)"): to_translate(
        "A hit is a call in which the rule's condition is met, with the place; a miss one in which it is not, and what "
        "was written down there can be relied on. The hit rate is of hits and misses alone. Whether a hit is good is "
        "a matter of the rule: a greeting is, a forbidden promise is not."
    ),
    to_translate("Not applicable (of a rule)"): to_translate(
        "The call is not one that the rule is for, by its queue, direction, language or length, or the rule's "
        "precondition did not occur."
    ),
    to_translate("Not evaluated (of a rule)"): to_translate(
        "It can't be told whether the condition is met, for a reason that is given: a channel failed, the recording "
        "ends too early, or something like it is said. It is never counted as a miss."
    ),
    to_translate("Snapshot"): to_translate(
        "The state of all tables after a run. Pages read the newest one and never change it."
    ),
    to_translate("Billed"): to_translate("Seconds of sound that the paid service charged for, and what they cost."),
}
"""Term → its sentence, both in English."""
