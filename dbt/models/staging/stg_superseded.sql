{%- set identity = ['force', 'scope', 'population', 'allegation_ref', 'officer_key'] -%}

with

extracts as (
    select * from {{ ref('stg_extracts') }}
),

-- where every year came on one day, no allegation can have come twice
forces_sent_again as (
    select force, scope, population from extracts
    group by force, scope, population
    having count(distinct as_at) > 1
),

appearances as not materialized (
    select {{ identity | join(', ') }}, recorded_year, as_at from {{ ref('stg_rows') }}
    where
        exclusion is null
        and allegation_ref is not null
        and (force, scope, population) in (select (force, scope, population) from forces_sent_again)
),

came_again as (
    select {{ identity | join(', ') }}, list_sort(list(distinct as_at)) as days from appearances
    group by {{ identity | join(', ') }}
    having min(as_at) < max(as_at)
),

followed as (
    select distinct
        appearances.*,
        list_filter(came_again.days, day -> day > appearances.as_at)[1] as superseded_on
    from appearances
    inner join came_again
        on appearances.force = came_again.force
        and appearances.scope = came_again.scope
        and appearances.population = came_again.population
        and appearances.allegation_ref = came_again.allegation_ref
        and appearances.officer_key is not distinct from came_again.officer_key
),

-- where the year itself came again by that day, its own extract says so
superseded as (
    select followed.*
    from followed
    inner join extracts using (force, scope, population, recorded_year, as_at)
    where followed.superseded_on < coalesce(extracts.as_at_later, date '9999-12-31')
)

select * from superseded
