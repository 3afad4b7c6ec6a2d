{{ count_allegations([], within="sanction = 'would_have_been_dismissed'") }}
