with

vintages as (
    select * from {{ ref('stg_vintages') }}
    where exclusion is null and officer_key is not null
),

sex_labels as (
    select * from ({{ value_labels_in_use() }}) as value_labels
    where column_name = 'sex'
),

recorded as (
    select
        vintages.force,
        vintages.officer_key,
        vintages.is_current_vintage,
        coalesce(sex_labels.code, vintages.sex, 'unknown') as sex
    from vintages
    left join sex_labels
        on vintages.vocabulary = sex_labels.vocabulary
        and {{ label_key('vintages.sex') }} = sex_labels.label
),

-- one sex a person: of an officer recorded in several ways the one known value, or that it is not known
recorded_in_several_ways as (
    select
        force,
        officer_key,
        is_current_vintage,
        case
            when min(nullif(sex, 'unknown')) = max(nullif(sex, 'unknown')) then min(nullif(sex, 'unknown'))
            else 'unknown'
        end as sex
    from recorded
    group by force, officer_key, is_current_vintage
    having min(sex) < max(sex)
)

select * from recorded_in_several_ways
