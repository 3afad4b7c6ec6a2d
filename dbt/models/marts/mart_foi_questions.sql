{%- set grain = ['force', 'scope', 'population', 'as_at', 'recorded_year'] -%}

with

allegations as (
    select
        {{ grain | join(', ') }},
        {{ question_allegations() }}
    from {{ ref('fct_allegations') }}
    where is_current_vintage
    group by {{ grain | join(', ') }}
),

officers as (
    select
        {{ grain | join(', ') }},
        {{ question_officers() }}
    from {{ ref('fct_officer_years') }}
    group by {{ grain | join(', ') }}
),

forces_with_ids as (
    {{ forces_with_officer_ids() }}
),

answered as (
    select
        {% for column in grain -%}
        allegations.{{ column }},
        {% endfor -%}
        {{ question_columns('forces_with_ids.force is not null') }}
    from allegations
    left join officers using ({{ grain | join(', ') }})
    left join forces_with_ids using (force, scope, population)
)

select * from answered
