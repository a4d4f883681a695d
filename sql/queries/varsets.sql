-- Variable sets (today-workspaces.md sections 10 and 11).

-- What any grant on a project or workspace of organization o adds.
-- fragment: anywhere_mask
coalesce((SELECT bit_or(a.mask) FROM (
    SELECT g.mask FROM team_projects g WHERE g.organization_id = o.id AND g.team_id = ANY (p.team_ids)
    UNION ALL
    SELECT g.mask FROM team_workspaces g WHERE g.organization_id = o.id AND g.team_id = ANY (p.team_ids)) a), 0)

-- A set is a holder of variables like a workspace, so that its mask is in the same bits: 3 reads, 4
-- writes. Sets of the organization o are read by whoever reads variables somewhere in it (O6, O7).
-- fragment: organization_varset_mask
(SELECT CASE WHEN g.mask & (1::bigint << 35) <> 0 THEN 24::bigint ELSE 0 END
      | CASE WHEN (g.mask | {{anywhere_mask}}) & ((1::bigint << 36) | 8) <> 0 THEN 8::bigint ELSE 0 END
 FROM (SELECT {{organization_mask}} AS mask) g)

-- Sets of project pr (P8, P9).
-- fragment: project_varset_mask
(SELECT CASE WHEN g.mask & (1::bigint << 25) <> 0 THEN 24::bigint ELSE 0 END
      | CASE WHEN g.mask & ((1::bigint << 24) | (1::bigint << 36)) <> 0 THEN 8::bigint ELSE 0 END
 FROM (SELECT {{project_mask}} AS mask) g)

-- fragment: varset_mask
CASE WHEN vs.project_id IS NULL THEN {{organization_varset_mask}}
     ELSE (SELECT {{project_varset_mask}} FROM projects pr WHERE pr.id = vs.project_id) END
