-- In which of an agent's calls did customers feel best, and in which worst?
--
-- At most half of the calls are among the best, and half among the worst.
--
-- param agent varchar : the agent's id
-- param limit integer : calls of each kind at most
-- param from_date date : first call date
-- param to_date date : last call date
--
-- column is_best : whether it is among the best; else among the worst
-- column call_id : the call
-- column call_date : its day
-- column customer_valence : how the customer felt, -5 to 5
-- column valence_shift : how that changed from the first to the last quarter; null where only one is known
-- column moment_ms : begin of the customer's longest sentence that is happy, or of the worst: that is in an emotion of
--   negative valence; null where there is none, or no times are known
with rated as (
    select
        call_id,
        call_date,
        customer_valence,
        valence_shift,
        count(*) over () as calls,
        row_number() over (order by customer_valence desc, call_id asc) as from_best,
        row_number() over (order by customer_valence asc, call_id asc) as from_worst
    from agent_calls
    where
        agent_id = $agent
        and customer_valence is not null
        and call_date between $from_date and $to_date
),

chosen as (
    select
        *,
        from_best <= from_worst as is_best
    from rated
    where least(from_best, from_worst) <= least($limit, calls // 2)
),

moments as (
    select
        sentences.call_id,
        max_by(sentences.begin_ms, sentences.end_ms - sentences.begin_ms) as moment_ms
    from sentences
    inner join chosen on sentences.call_id = chosen.call_id and sentences.call_date = chosen.call_date
    where
        sentences.role = 'customer'
        and sentences.begin_ms is not null
        and case
            when chosen.is_best then sentences.emotion = 'happy'
            else sentences.emotion in ('angry', 'sad', 'fearful', 'disgusted')
        end
    group by sentences.call_id
)

select
    chosen.is_best,
    chosen.call_id,
    chosen.call_date,
    chosen.customer_valence,
    chosen.valence_shift,
    moments.moment_ms
from chosen
left join moments on chosen.call_id = moments.call_id
order by chosen.is_best desc, case when chosen.is_best then chosen.from_best else chosen.from_worst end asc
