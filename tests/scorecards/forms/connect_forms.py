"""Forms of Amazon Connect that say all that its API can say."""

from __future__ import annotations

from typing import Any

Form = dict[str, Any]


def expression(source: Form, comparator: str, *values: Form) -> Form:
    return {"Expression": {"Source": source, "Values": list(values), "Comparator": comparator}}


def answered(ref: str, option: str) -> Form:
    value = {"Type": "OPTION_REF_ID", "RefId": option}
    return expression({"Type": "QUESTION_REF_ID", "RefId": ref}, "IN", value)


def contact(comparator: str, value: Form, **source: str) -> Form:
    return expression({"Type": "CONTACT", **source}, comparator, value)


def enabled(*operands: Form, operator: str = "AND") -> Form:
    condition = {"Operands": list(operands), "Operator": operator}
    return {"Condition": condition, "Action": "ENABLE", "DefaultAction": "DISABLE"}


def option(ref: str, points: int, **keys: Any) -> Form:
    return {"RefId": ref, "Text": f"Text of {ref}", "PointsConfiguration": {"PointValue": points}, **keys}


def question(ref: str, kind: str, properties: Form | None = None, **keys: Any) -> Form:
    own = {} if properties is None else {"QuestionTypeProperties": properties}
    return {"Question": {"Title": f"Title of {ref}", "RefId": ref, "QuestionType": kind, **own, **keys}}


THRESHOLDS = [{"PerformanceCategory": "NEEDS_IMPROVEMENT", "MinScorePercentage": 1, "MaxScorePercentage": 50}]
VOICE = {"Type": "STRING_VALUE", "StringValue": "VOICE"}
RULE = {"Condition": {"Operands": [contact("IN", VOICE, ContactField="CHANNEL")]}, "OptionRefId": "no"}

GREETING = question(
    "greeting",
    "SINGLESELECT",
    {
        "SingleSelect": {
            "Options": [
                option("yes", 5),
                option("partly", 2, Score=7, AutomaticFail=True),
                option("no", 1, AutomaticFail=True, AutomaticFailConfiguration={"TargetSection": "opening"}),
            ],
            "DisplayAs": "RADIO",
            "Automation": {
                "Options": [
                    {"RuleCategory": {"Category": "Greeting", "Condition": "PRESENT", "OptionRefId": "yes"}},
                    {"AutomationRule": RULE},
                ],
                "DefaultOptionRefId": "no",
                "AnswerSource": {"SourceType": "CONTACT_LENS_DATA"},
            },
        }
    },
    Instructions="The name counts too.",
    NotApplicableEnabled=True,
    Weight=30,
    ScoringConfiguration={
        "PointsConfiguration": {"MaxPointValue": 9, "MinPointValue": 0, "IsBonus": True},
        "ScoreThresholds": THRESHOLDS,
    },
    MetricConfiguration={"MetricType": "BUSINESS_OUTCOME", "MetricName": "CSAT"},
)
TOPICS = question(
    "topics",
    "MULTISELECT",
    {
        "MultiSelect": {
            "Options": [
                option("billing", 3, AutomaticFail=True, AutomaticFailConfiguration={"TargetSection": "closing"}),
                {
                    "RefId": "refund",
                    "Text": "Refund",
                    "PointsConfiguration": {"PointValue": 4, "IsBonus": True},
                    "Score": 3,
                },
            ],
            "DisplayAs": "CHECKBOX",
            "Automation": {
                "Options": [
                    {"RuleCategory": {"Category": "Bill", "Condition": "NOT_PRESENT", "OptionRefIds": ["billing"]}}
                ],
                "DefaultOptionRefIds": ["refund"],
                "AnswerSource": {"SourceType": "CONTACT_LENS_DATA"},
            },
        }
    },
    ScoringConfiguration={"PointsConfiguration": {"MaxPointValue": 5, "MinPointValue": 2}},
    Enablement=enabled(
        answered("greeting", "yes"),
        {"Condition": {"Operands": [
            contact("GREATER_THAN", {"Type": "NUMERIC_VALUE", "NumericValue": 30}, ContactField="CONTACT_DURATION"),
            contact("IN", {"Type": "STRING_VALUE", "StringValue": "gold"}, ContactAttributeKey="queue"),
            contact("NOT_IN", {"Type": "STRING_VALUE", "StringValue": "eu"}, SegmentAttributeKey="language"),
        ], "Operator": "OR"}},
    ),
)  # fmt: skip
SILENCE = question(
    "silence",
    "NUMERIC",
    {
        "Numeric": {
            "MinValue": -5,
            "MaxValue": 100,
            "Options": [
                {"MinValue": 0, "MaxValue": 9, "PointsConfiguration": {"PointValue": 3}},
                {"MinValue": 10, "MaxValue": 60, "PointsConfiguration": {"PointValue": 1, "IsBonus": True}, "Score": 2,
                 "AutomaticFail": True, "AutomaticFailConfiguration": {"TargetSection": "closing"}},
            ],
            "Automation": {
                "PropertyValue": {"Label": "NON_TALK_TIME"},
                "AnswerSource": {"SourceType": "CONTACT_LENS_DATA"},
            },
        }
    },
    Enablement=enabled(
        expression({"Type": "EVALUATION_METADATA", "EvaluationMetadataField": "EVALUATION_TYPE"}, "EQUAL_TO",
                   {"Type": "STRING_VALUE", "StringValue": "STANDARD"}),
        answered("greeting", "yes"),
    ),
)  # fmt: skip
REMARK = question(
    "remark",
    "TEXT",
    {"Text": {"Automation": {"AnswerSource": {"SourceType": "GEN_AI"}}}},
    Enablement=enabled(
        expression({"Type": "AI_METRICS", "AiMetricsField": "AI_SESSION_IS_HANDED_OFF"}, "EQUAL_TO",
                   {"Type": "BOOLEAN_VALUE", "BooleanValue": True}),
        answered("greeting", "no"),
        operator="OR",
    ),
)  # fmt: skip
CALLED_BACK = question(
    "called_back",
    "DATETIME",
    Enablement=enabled(
        expression({"Type": "QUESTION_REF_ID", "RefId": "greeting"}, "LESS_THAN",
                   {"Type": "DATETIME_VALUE", "DateTimeValue": "2026-01-01T00:00:00Z"}),
        answered("greeting", "no"),
    ),
    ScoringConfiguration={"IsExcludedFromScoring": True},
)  # fmt: skip
POLITE = question(
    "polite",
    "SINGLESELECT",
    {"SingleSelect": {"Options": [option("polite_yes", 10), option("polite_no", 3)]}},
    ScoringConfiguration={"IsExcludedFromScoring": True},
)
FRIENDLY = question(
    "friendly", "SINGLESELECT", {"SingleSelect": {"Options": [option("friendly_yes", 10), option("friendly_no", 3)]}}
)

ITEMS = [
    {
        "Section": {
            "Title": "Opening",
            "RefId": "opening",
            "Instructions": "The first minute.",
            "Weight": 40,
            "ScoreThresholds": THRESHOLDS,
            "Items": [GREETING, TOPICS, POLITE],
        }
    },
    {
        "Section": {
            "Title": "Closing",
            "RefId": "closing",
            "IsExcludedFromScoring": True,
            "Enablement": enabled(answered("greeting", "yes"), answered("greeting", "partly"), operator="OR"),
            "Items": [
                SILENCE,
                {"Section": {"Title": "Remarks", "RefId": "remarks", "Items": [REMARK, CALLED_BACK, FRIENDLY]}},
            ],
        }
    },
]
SETTINGS: Form = {
    "Title": "Service quality",
    "Description": "For all queues.",
    "ScoringStrategy": {"Mode": "POINTS_BASED", "Status": "ENABLED", "ScoreThresholds": THRESHOLDS},
    "AutoEvaluationConfiguration": {"Enabled": True},
    "Tags": {"team": "a"},
    "ReviewConfiguration": {
        "ReviewNotificationRecipients": [{"Type": "USER_ID", "Value": {"UserId": "u"}}],
        "EligibilityDays": 7,
    },
    "TargetConfiguration": {"ContactInteractionType": "AGENT"},
    "LanguageConfiguration": {"FormLanguage": "en-US"},
    "AIVersion": "1",
    "Items": ITEMS,
}
CREATED: Form = {**SETTINGS, "InstanceId": "i", "ClientToken": "t", "AsDraft": True}
"""A request of CreateEvaluationForm."""

DESCRIBED: Form = {
    "EvaluationForm": {
        **SETTINGS,
        "EvaluationFormId": "f",
        "EvaluationFormVersion": 3,
        "Locked": True,
        "EvaluationFormArn": "arn:f",
        "Status": "ACTIVE",
        "CreatedTime": 1,
        "CreatedBy": "arn:u",
        "LastModifiedTime": 2,
        "LastModifiedBy": "arn:u",
        "LatestValidationStatus": "COMPLETED",
        "LastValidationTime": 2,
    }
}
"""An answer of DescribeEvaluationForm."""
