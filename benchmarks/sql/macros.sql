-- chance(h): a hash as a number from 0 to below 1.
create or replace temp macro chance(h) as (h % 1000003) / 1000003.0;

-- spread_words(said, begin_ms, end_ms, is_tight): the words of a sentence, spread evenly over its time.
create or replace temp macro spread_words(said, from_ms, to_ms, is_tight) as list_transform(
    case when is_tight then regexp_extract_all(said, '..?') else string_split(said, ' ') end,
    lambda word, place: {
        'begin_ms': cast(from_ms + (to_ms - from_ms) * (place - 1) // (len(said) + 1) as integer),
        'end_ms': cast(from_ms + (to_ms - from_ms) * place // (len(said) + 1) as integer),
        'text': word || case when is_tight then '' else ' ' end,
        'punctuation': '',
        'confidence': cast(null as double)
    }
);
