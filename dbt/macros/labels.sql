{#- How two spellings of a label compare: case, outer blanks and runs of blanks (of any kind) do not count; ingest compares so too. -#}
{% macro label_key(column) -%}
    lower(trim(regexp_replace({{ column }}, '[\s\x0b\x1c-\x1f\x{85}\p{Z}]+', ' ', 'g')))
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

{#- One row a label of the allegation types, with the spans of days in which it stands for a code. -#}
{% macro allegation_types_by_label() -%}
    select
        vocabulary,
        label,
        list(
            struct_pack(code := code, valid_from := valid_from, valid_to := coalesce(valid_to, date '9999-12-31'))
            order by valid_from
        ) as spans
    from {{ ref('seed_allegation_types') }}
    group by vocabulary, label
{%- endmacro %}

{#- A label that stands in one list only keeps its code whatever the date; one that two lists share goes by the date. -#}
{% macro allegation_type_on(day) -%}
    case
        when len(allegation_types.spans) = 1 then allegation_types.spans[1]
        when len(allegation_types.spans) > 1
            then list_filter(
                allegation_types.spans, span -> {{ day }} between span.valid_from and span.valid_to
            )[1]
    end
{%- endmacro %}

{#- A blank means no proceedings, unless the file is declared to lack the column. -#}
{% macro has_proceedings() -%}
    case
        when nullif(coalesce(proceedings_value.code, staged_rows.proceedings_type), 'none') is not null then 'yes'
        when list_contains(staged_rows.missing_columns, 'proceedings_type') then 'not_known'
        else 'no'
    end
{%- endmacro %}
