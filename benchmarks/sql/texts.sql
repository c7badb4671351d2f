-- clauses: made-up pieces of sentences, by language, number of words (Zipf-distributed) and number of the piece. Two of
-- them make a sentence. The words come in vocabulary: language, rank from 0, word.
create temp table clauses as
with sizes as (
    select language, any_value(language in ('zh', 'ja')) as is_tight, count(*) as vocabulary_size
    from vocabulary
    group by language
),

drawn as (
    select
        sizes.language,
        sizes.is_tight,
        length.words,
        piece.number,
        place.place,
        -- Zipf's law is pow(n, u); with the exponent made-up words are a third of what is said
        chance(hash(sizes.language, length.words, piece.number, place.place)) as u,
        cast(floor(pow(sizes.vocabulary_size, pow(u, 1.5))) as bigint) - 1 as rank
    from sizes
    cross join range(1, 14) as length (words)
    cross join range(getvariable('pieces')) as piece (number)
    cross join range(13) as place (place)
    where place.place < length.words
)

select
    drawn.language,
    cast(drawn.words as integer) as words,
    cast(drawn.number as integer) as number,
    replace(
        string_agg(vocabulary.word, ' ' order by drawn.place), case when drawn.is_tight then ' ' else '' end, ''
    ) as "text"
from drawn
inner join vocabulary on drawn.language = vocabulary.language and drawn.rank = vocabulary.rank
group by drawn.language, drawn.words, drawn.number, drawn.is_tight
