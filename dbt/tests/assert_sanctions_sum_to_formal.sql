with

sanctions as (
    select force, scope, population, as_at, recorded_year, sum(n_allegations) as n_sanctions
    from {{ ref('mart_sanctions_by_year') }}
    group by all
),

forces_that_tell as (
    {{ forces_where(ref('fct_allegations'), "is_current_vintage and sanction <> 'not_known'") }}
),

questions as (
    select * from {{ ref('mart_foi_questions') }}
)

select questions.recorded_year
from questions
full join sanctions using (force, scope, population, as_at, recorded_year)
left join forces_that_tell using (force, scope, population)
where
    coalesce(sanctions.n_sanctions, 0)
    is distinct from case when forces_that_tell.force is null then 0 else questions.n_formal_allegations end
