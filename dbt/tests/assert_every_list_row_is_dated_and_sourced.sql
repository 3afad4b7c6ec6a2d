select source from {{ ref('seed_regimes') }}
where source is null or valid_from is null
union all
select source from {{ ref('seed_value_labels') }}
where source is null or valid_from is null or valid_to < valid_from
union all
select source from {{ ref('seed_allegation_types') }}
where source is null or valid_from is null or valid_to < valid_from
union all
select source from {{ ref('seed_outcome_labels') }}
where source is null
