-- agents: who the agents are, as people.csv says: one row per agent and period, both of its days included. A move of
-- team is a row of its own, so the calls before it stay with the team before. The whole list is published each time.
create table if not exists agents (
    agent_id varchar not null,
    valid_from date,
    valid_to date,
    name varchar,
    team varchar,
    supervisor varchar,
    hired_at date,
    email varchar,
    loaded_at timestamptz not null
);
