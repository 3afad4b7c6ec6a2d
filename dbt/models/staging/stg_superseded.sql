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
    select {{ identity | join(', ') }}, max(as_at) as newest_as_at from appearances
    group by {{ identity | join(', ') }}
    having min(as_at) < max(as_at)
),

superseded as (
    select distinct
        {% for column in identity -%}
        appearances.{{ column }},
        {% endfor -%}
        appearances.as_at
    from appearances
    inner join extracts
        on appearances.force = extracts.force
        and appearances.scope = extracts.scope
        and appearances.population = extracts.population
        and appearances.recorded_year = extracts.recorded_year
        and appearances.as_at = extracts.as_at
        and extracts.is_newest
    inner join came_again
        on appearances.force = came_again.force
        and appearances.scope = came_again.scope
        and appearances.population = came_again.population
        and appearances.allegation_ref = came_again.allegation_ref
        and appearances.officer_key is not distinct from came_again.officer_key
        and appearances.as_at < came_again.newest_as_at
)

select * from superseded
