{{ config(materialized='view') }}

with

coded_rows as (
    select * from {{ ref('stg_codes') }}
),

outcome_labels as (
    select
        *,
        case when action_path is not null then struct_pack(path := action_path, sanction := sanction) end as outcome
    from {{ ref('seed_outcome_labels') }}
),

exit_labels as (
    select * from ({{ value_labels_in_use() }}) as value_labels
    where column_name = 'exit_route'
),

mapped as (
    select
        coded_rows.*,
        {{ label_columns() }}
    from coded_rows
    {% for column in outcome_chain() %}
    left join outcome_labels as {{ column }}_label
        on coded_rows.vocabulary = {{ column }}_label.vocabulary
        and coded_rows.regime = {{ column }}_label.regime
        and {{ label_key('coded_rows.' ~ column) }} = {{ column }}_label.label
    {% endfor %}
),

decided as (
    select
        *,
        {{ deciding_outcome() }} as outcome,
        {{ leaver_label() }} as leaver_label,
        {{ stages_told() }} as stages
    from mapped
),

referred as (
    select
        decided.* exclude (exit_route),
        coalesce(nullif(decided.exit_route, 'unknown'), exit_labels.code, 'unknown') as exit_route,
        outcome.path as mapped_path,
        outcome.sanction as mapped_sanction,
        coalesce(outcome.path = 'left_before_outcome', false) as is_leaver,
        proceedings_type is not null or list_has_any(stages, ['referred', 'formal', 'found']) as is_referred
    from decided
    left join exit_labels
        on decided.vocabulary = exit_labels.vocabulary
        and decided.leaver_label = exit_labels.label
),

judged as (
    select
        *,
        {{ route() }} as action_path,
        {{ broken_rules() }} as broken_rules,
        {{ case_to_answer() }} as case_to_answer,
        coalesce(sanction, action, result) is not null as is_outcome_stated
    from referred
),

facts as (
    select
        * exclude ({{ working_columns() }}),
        case
            when action_path <> 'formal' then null
            when list_has_any(broken_rules, ['R1', 'R2', 'R3']) then 'not_known'
            when is_leaver and not list_contains(stages, 'found') then 'left_before_finding'
            else coalesce(mapped_sanction, 'not_known')
        end as sanction
    from judged
)

select * from facts
