"""A form of Genesys Cloud that says all that its API can say, and the fields of the API."""

from __future__ import annotations

from typing import Any

Form = dict[str, Any]

FIELDS = {
    "EvaluationForm": "id name modifiedDate published contextId questionGroups publishedVersions evaluationSettings "
    "latestVersionFormName aiScoring dialect selfUri weightMode",
    "EvaluationQuestionGroup": "id contextId name type defaultAnswersToHighest defaultAnswersToNA naEnabled weight "
    "manualWeight questions visibilityCondition defaultAnswersTo",
    "EvaluationQuestion": "id contextId text helpText type naEnabled commentsRequired visibilityCondition "
    "answerOptions multipleSelectOptionQuestions defaultAnswer automatedScoringFocus isKill isCritical",
    "AnswerOption": "id contextId builtInType text value assistanceConditions",
    "VisibilityCondition": "combiningOperation predicates",
    "DefaultAnswer": "id notApplicable",
    "DefaultAnswersTo": "highestScore notApplicable lowestScore userDefined",
    "AssistanceCondition": "operator topicIds",
    "EvaluationSettings": "revisionsEnabled disputesEnabled disputesAllowedPerEvaluation disputesAssignees",
    "EvaluationSettingsAssignee": "type user",
    "AiScoringSettings": "id questionGroupSettings selfUri",
    "QuestionGroupSettings": "questionGroupContextId questionSettings",
    "QuestionSettings": "questionContextId settings",
    "AiScoringSetting": "enabled",
}
"""Models of the platform API (Python SDK 258; weightMode: EvaluationFormResponse) → their fields."""

INNER = {
    "questionGroups": "EvaluationQuestionGroup", "questions": "EvaluationQuestion", "answerOptions": "AnswerOption",
    "multipleSelectOptionQuestions": "EvaluationQuestion", "visibilityCondition": "VisibilityCondition",
    "defaultAnswer": "DefaultAnswer", "defaultAnswersTo": "DefaultAnswersTo",
    "assistanceConditions": "AssistanceCondition",
    "evaluationSettings": "EvaluationSettings", "disputesAssignees": "EvaluationSettingsAssignee",
    "aiScoring": "AiScoringSettings", "questionGroupSettings": "QuestionGroupSettings",
    "questionSettings": "QuestionSettings", "settings": "AiScoringSetting",
}  # fmt: skip
"""Key → the model of what it holds."""


def answer(name: str, value: int, **keys: Any) -> Form:
    return {"id": f"id-{name}", "contextId": f"context-{name}", "text": f"Text of {name}", "value": value, **keys}


def built_in(kind: str, value: int) -> Form:
    return {"id": kind, "contextId": f"c-{kind}", "builtInType": kind, "text": kind, "value": value}


def question(name: str, kind: str, **keys: Any) -> Form:
    return {"id": f"id-{name}", "contextId": f"context-{name}", "text": f"Title of {name}", "type": kind, **keys}


def choice(name: str, *values: int, **keys: Any) -> Form:
    options = [answer(f"{name}{number}", value) for number, value in enumerate(values)]
    return question(name, "multipleChoiceQuestion", answerOptions=options, **keys)


IDENTITY = choice(
    "identity", 3, 1, helpText="Before anything is said of the account.", naEnabled=True, commentsRequired=True,
    isKill=True, isCritical=True, automatedScoringFocus="Agent",
    defaultAnswer={"id": "id-identity0", "notApplicable": True},
)  # fmt: skip
IDENTITY["answerOptions"][0]["assistanceConditions"] = [{"operator": "EXISTS", "topicIds": ["t"]}]
IDENTITY["answerOptions"][1]["builtInType"] = "Other"
TOPICS = question(
    "topics", "multipleSelectQuestion", isKill=True,
    visibilityCondition={"combiningOperation": "AND", "predicates": ["../question/0/answer/0",
                                                                     "/form/questionGroup/0/question/0/answer/1"]},
    multipleSelectOptionQuestions=[
        question("billing", "multipleChoiceQuestion", helpText="Bills only.", isKill=True, naEnabled=True,
                 commentsRequired=True,
                 isCritical=True, defaultAnswer={"notApplicable": True}, automatedScoringFocus="Agent",
                 visibilityCondition={"combiningOperation": "OR", "predicates": ["../question/0/answer/0"]},
                 answerOptions=[built_in("Selected", 4), built_in("Unselected", 1)]),
        question("rude", "multipleChoiceQuestion", isKill=True,
                 answerOptions=[built_in("Selected", 1), {**built_in("Unselected", 2), "assistanceConditions": [
                     {"operator": "NOTEXISTS", "topicIds": ["t"]}]}]),
    ],
)  # fmt: skip
FORM: Form = {
    "id": "f",
    "name": "Service quality",
    "modifiedDate": "2026-01-01T00:00:00Z",
    "published": True,
    "contextId": "context",
    "publishedVersions": {"entities": [], "total": 1},
    "evaluationSettings": {
        "revisionsEnabled": True,
        "disputesEnabled": True,
        "disputesAllowedPerEvaluation": 1,
        "disputesAssignees": [{"type": "USER", "user": {"id": "u"}}],
    },
    "latestVersionFormName": "Service",
    "aiScoring": {
        "id": "a",
        "selfUri": "/a",
        "questionGroupSettings": [
            {
                "questionGroupContextId": "g",
                "questionSettings": [{"questionContextId": "q", "settings": {"enabled": True}}],
            }
        ],
    },
    "dialect": "en-US",
    "weightMode": "SCALED",
    "selfUri": "/f",
    "questionGroups": [
        {
            "id": "g0",
            "contextId": "context-g0",
            "name": "Opening",
            "type": "questionGroup",
            "defaultAnswersToHighest": True,
            "defaultAnswersToNA": True,
            "defaultAnswersTo": {"highestScore": True, "notApplicable": True, "lowestScore": True, "userDefined": True},
            "naEnabled": True,
            "weight": 40,
            "manualWeight": True,
            "questions": [IDENTITY, TOPICS],
        },
        {
            "id": "g1",
            "contextId": "context-g1",
            "name": "Closing",
            "type": "questionGroup",
            "weight": 20.5,
            "visibilityCondition": {"combiningOperation": "OR",
                                    "predicates": ["/form/questionGroup/0/question/0/answer/0",
                                                   "/form/questionGroup/0/question/0/answer/1"]},
            "questions": [
                question("block", "readOnlyTextBlockQuestion", helpText="Help",
                         visibilityCondition={"combiningOperation": "AND", "predicates": ["../question/1/answer/0"]}),
                choice("more", 2, 1),
                question("remark", "freeTextQuestion", isCritical=True, isKill=True, answerOptions=[answer("x", 1)]),
                question("nps", "npsQuestion"),
            ],
        },
    ],
}  # fmt: skip
