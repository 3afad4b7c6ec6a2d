-- in both units: one sex a person makes distinct officers add within a year
select recorded_year
from {{ ref('mart_foi_questions') }}
where
    n_alleged_allegations <> n_men_allegations + n_women_allegations + n_sex_unknown_allegations
    or n_alleged_officers <> n_men_officers + n_women_officers + n_sex_unknown_officers
