{#-
The warehouse is built from nothing into a file of its own, which replaces the old one whole when all is well. So a relation is made under
its name at once: what dbt does for a database in use, a draft, a backup and two renames a relation, would take as long as
the queries.
-#}
{% materialization table, adapter='duckdb' -%}
    {{ return({'relations': [made_at_once('table')]}) }}
{%- endmaterialization %}

{% materialization view, adapter='duckdb' -%}
    {{ return({'relations': [made_at_once('view')]}) }}
{%- endmaterialization %}

{% macro made_at_once(kind) -%}
    {%- set relation = this.incorporate(type=kind) -%}
    {%- do run_hooks(pre_hooks) -%}
    {%- do drop_relation_if_exists(load_cached_relation(this)) -%}
    {%- call statement('main') -%}
        {{ create_table_as(false, relation, compiled_code) if kind == 'table' else create_view_as(relation, compiled_code) }}
    {%- endcall -%}
    {%- do run_hooks(post_hooks) -%}
    {%- do adapter.commit() -%}
    {{ return(relation) }}
{%- endmacro %}
