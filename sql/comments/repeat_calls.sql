-- What a snapshot says of repeat_calls and its columns.
comment on view repeat_calls is
'Whether the customer of a call called again within seven days: one row per call of a known customer.';
comment on column repeat_calls.call_id is 'the call';
comment on column repeat_calls.call_date is 'day of the call in QA_TIMEZONE';
comment on column repeat_calls.repeat_at is 'when the customer called again within seven days; null if not';
comment on column repeat_calls.repeat_call_within_7_days is
'whether the customer did; null until a call is known that began seven days later or after that';
