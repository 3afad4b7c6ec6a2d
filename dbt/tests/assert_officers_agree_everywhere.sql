-- distinct officers of a year: the questions, the officer years and the reconciliation count them apart
with

officer_years as (
    select force, scope, population, as_at, recorded_year, count(*) as n_officers
    from {{ ref('fct_officer_years') }}
    group by all
),

reconciled as (
    select * from {{ ref('mart_reconciliation') }}
    where unit = 'officers' and year_from = year_to
),

questions as (
    select * from {{ ref('mart_foi_questions') }}
)

select questions.recorded_year
from questions
left join officer_years using (force, scope, population, as_at, recorded_year)
left join reconciled
    on questions.force = reconciled.force
    and questions.scope = reconciled.scope
    and questions.population = reconciled.population
    and questions.recorded_year = reconciled.year_from
where
    questions.n_alleged_officers is distinct from reconciled.n
    or nullif(questions.n_alleged_officers, 0) is distinct from officer_years.n_officers
