-- emotion_steps: how often one emotion of the customer followed on another in the calls of the days in $days.
select * from steps_of_emotions()  -- noqa: AM04
where in_days(call_date, $days)
