-- What a snapshot says of agents and its columns.
comment on table agents is
'Who the agents are, as people.csv says: one row per agent and period. A move of team is a row of its own.';
comment on column agents.agent_id is 'the agent, as calls have it';
comment on column agents.valid_from is 'first day of the period; null: it has always been so';
comment on column agents.valid_to is 'last day of the period; null: it is still so';
comment on column agents.name is 'the agent''s name';
comment on column agents.team is 'the team';
comment on column agents.supervisor is 'who leads the agent, as written: a name or an agent_id';
comment on column agents.hired_at is 'day on which the agent was hired';
comment on column agents.email is 'the agent''s e-mail, in lower case; by it an agent who signs in is known';
comment on column agents.loaded_at is 'when the row was written';
