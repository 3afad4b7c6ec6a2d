{{ count_allegations(['live_age'], within="is_live", known="live_age <> 'not_known'") }}
