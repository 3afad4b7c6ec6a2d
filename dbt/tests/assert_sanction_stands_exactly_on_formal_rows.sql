select source_file, source_row
from {{ ref('fct_allegations') }}
where (action_path = 'formal') <> (sanction is not null)
