{#- The descriptions of all marts just built and of their columns, as comments in the database itself. -#}
{% macro describe_marts(results) -%}
    {% for result in results if execute and result.status == 'success' and result.node.schema == 'marts' -%}
    {%- set relation = result.node.relation_name -%}
    comment on table {{ relation }} is {{ quoted(result.node.description) }};
    {% for column in result.node.columns.values() -%}
    comment on column {{ relation }}."{{ column.name }}" is {{ quoted(column.description) }};
    {% endfor -%}
    {% endfor -%}
{%- endmacro %}

{% macro quoted(text) -%}
    '{{ text | replace("'", "''") }}'
{%- endmacro %}
