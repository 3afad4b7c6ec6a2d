{#- How two spellings of a label compare: case, outer blanks and runs of blanks do not count. -#}
{% macro label_key(column) -%}
    lower(trim(regexp_replace({{ column }}, '\s+', ' ', 'g')))
{%- endmacro %}

{#- The codes of coded columns for each vocabulary in use; its own row wins over one for `any`. -#}
{% macro value_labels_in_use() -%}
    select
        in_use.vocabulary,
        labels.column_name,
        labels.label,
        labels.code,
        labels.valid_from,
        coalesce(labels.valid_to, date '9999-12-31') as valid_to
    from {{ ref('seed_value_labels') }} as labels
    inner join (select distinct vocabulary from {{ ref('stg_rows') }}) as in_use
        on labels.vocabulary in ('any', in_use.vocabulary)
    qualify row_number() over (
        partition by in_use.vocabulary, labels.column_name, labels.label
        order by labels.vocabulary = 'any'
    ) = 1
{%- endmacro %}

{#- A label that stands in one list only keeps its code whatever the date; one that two lists share goes by the date. -#}
{% macro allegation_types_by_date() -%}
    select
        vocabulary,
        label,
        code,
        count(*) over (partition by vocabulary, label) > 1 as is_shared,
        valid_from,
        coalesce(valid_to, date '9999-12-31') as valid_to
    from {{ ref('seed_allegation_types') }}
{%- endmacro %}
