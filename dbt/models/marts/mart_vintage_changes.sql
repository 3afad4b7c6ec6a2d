{%- set identity = ['force', 'scope', 'population', 'allegation_ref', 'officer_key'] -%}
{%- set corrected = ['case_type', 'allegation_type', 'officer_sex_recorded', 'severity', 'case_to_answer',
    'proceedings_type', 'outcome_on', 'exit_route', 'left_on'] -%}

with

facts as (
    select * from {{ ref('fct_allegations') }}
),

extracts as (
    select * from {{ ref('stg_extracts') }}
),

appearances as (
    select
        {{ identity | join(', ') }},
        as_at,
        count(*) as n_rows,
        arg_max(recorded_year, source_row) as recorded_year,
        arg_max(action_path, source_row) as action_path,
        arg_max(sanction, source_row) as sanction,
        arg_max(row({{ corrected | join(', ') }}), source_row) as other_facts
    from facts
    where
        allegation_ref is not null
        -- a force of whose years none was sent again has nothing to compare
        and (force, scope, population) in (
            select (force, scope, population) from extracts where as_at_earlier is not null
        )
    group by {{ identity | join(', ') }}, as_at
),

followed as (
    select
        appearances.*,
        extracts.as_at_earlier,
        extracts.as_at_later,
        lag(appearances) over same_allegation as before,
        lead(appearances.as_at) over same_allegation as as_at_next
    from appearances
    inner join extracts using (force, scope, population, recorded_year, as_at)
    window same_allegation as (partition by {{ identity | join(', ') }} order by appearances.as_at)
),

changes as (
    select
        {{ identity | join(', ') }},
        recorded_year,
        coalesce(before.as_at, as_at_earlier) as as_at_before,
        as_at,
        {{ kinds_of_change() }} as change,
        before.action_path as action_path_before,
        action_path
    from followed
    union all
    select
        {{ identity | join(', ') }}, recorded_year, as_at as as_at_before, as_at_later as as_at,
        'removed' as change, action_path as action_path_before, null as action_path
    from followed
    where as_at_next is null and as_at_later is not null
)

select * from changes
