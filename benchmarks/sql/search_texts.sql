-- Folded texts of made-up calls of a year: two channels each, 210 words a channel, about 30 sentences; every fourth
-- call is Chinese. The commonest of the words is said in every seventh place, the rarest hardly ever, as in Zipf's law.
insert into search_texts
select
    'call-' || lpad((number // 2)::varchar, 7, '0') as call_id,
    (number % 2)::integer as channel_id,
    date '2025-01-01' + (number // 2 * 365 // ($texts // 2))::integer as call_date,
    case when number % 2 = 0 then 'agent' else 'customer' end as role,
    ' ' || array_to_string(
        list_transform(
            range(210),
            lambda place: list_extract(
                case when number // 2 % 4 = 3 then $chinese else $english end,
                least(
                    len($english),
                    1 + floor(pow(len($english), hash(number, place)::double / 18446744073709551616))::integer
                )
            )
        ),
        ' '
    ) || ' ' as body,
    $folding as folding
from range($from_text, $to_text) as made (number)
