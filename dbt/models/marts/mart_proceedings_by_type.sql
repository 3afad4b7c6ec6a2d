{{ count_allegations(['proceedings_type'], within="has_proceedings = 'yes'") }}
