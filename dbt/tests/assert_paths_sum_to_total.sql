-- the seven paths, live included, against question (a); formal and the others against their own questions
with

outcomes as (
    select
        force,
        scope,
        population,
        as_at,
        recorded_year,
        sum(n_allegations) as n_all,
        sum(n_allegations) filter (where action_path = 'formal') as n_formal,
        sum(n_allegations) filter (where action_path = 'live') as n_live
    from {{ ref('mart_outcomes_by_year') }}
    group by all
),

questions as (
    select * from {{ ref('mart_foi_questions') }}
)

select questions.recorded_year
from questions
full join outcomes using (force, scope, population, as_at, recorded_year)
where
    questions.n_alleged_allegations is distinct from outcomes.n_all
    or questions.n_formal_allegations is distinct from coalesce(outcomes.n_formal, 0)
    or questions.n_live_allegations is distinct from coalesce(outcomes.n_live, 0)
