-- Failing rows: sentences of $days with an emotion or a language the service does not have.
select
    call_id,
    channel_id,
    sentence_id,
    emotion,
    language
from sentences
where
    in_days(call_date, $days)
    and (
        emotion not in (
            'surprised', 'neutral', 'happy', 'sad', 'disgusted', 'angry', 'fearful'
        )
        or language not in (
            'zh', 'yue', 'en', 'ja', 'de', 'ko', 'ru', 'fr', 'pt', 'ar', 'it', 'es', 'hi', 'id', 'th',
            'tr', 'uk', 'vi', 'cs', 'da', 'fil', 'fi', 'is', 'ms', 'no', 'pl', 'sv'
        )
    )
