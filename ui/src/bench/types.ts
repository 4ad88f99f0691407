/* What the server says to staff, member by member as in docs/api.md. */
import type { Finding, NoticeItem, TimelineEntry } from '../base/types';

export interface WorkItem {
  ref: string; service: string; title: string; applicant: string; area: string; step: string; step_label: string;
  unit_name?: string; due_on: string; promised_on: string; left: number | null; is_late: boolean; is_provisional: boolean;
  since: number; state: string; visit_count: number; budget?: number; used?: number; promised?: number;
}
export interface WorkList { total: number; due_today: number; late: number; items: WorkItem[] }

export interface CaseAnswer { path: string; label: string; value: string; display: string; group: string; finding: string | Finding | null }
export interface CaseFile { name: string; size: number; media_type: string; url: string }
export interface CaseMaterial {
  name: string; label: string; criteria: string; state: 'present' | 'missing' | 'held' | 'not_needed';
  files: CaseFile[]; when: string; path?: string;
}
export interface CaseAction { name: string; label: string; needs: string; effect: string; kind: string; to_unit: string }
export interface CaseNotice { number: number; issued_on: string; items: NoticeItem[]; override_reason: string; answered_on?: string }
export interface Visit { on: string; cause: string; is_wasted: boolean; note?: string }
export interface CaseClock {
  budget: number; used: number; left: number; due_on: string; unit: string; is_running: boolean; is_provisional: boolean;
  promised_on: string; promised?: number; stopped_for: string;
}
export interface StaffCase {
  ref: string; version: number; service: { code: string; title: string }; state: string; outcome: string;
  step: string; step_label?: string; steps: { name: string; label: string; unit: string; criteria?: string }[]; clock: CaseClock | null; step_clock?: CaseClock | null;
  applicant: { name: string; id_masked: string; phone_masked: string; proxy?: string }; area?: string;
  received_on?: string; accepted_on?: string; deemed_accepted?: { on: string; reason: string } | null;
  answers: CaseAnswer[]; materials: CaseMaterial[]; findings: Finding[]; notices: CaseNotice[];
  visits: Visit[]; visit_count: number; messages: { on: string; text: string }[]; timeline: TimelineEntry[];
  actions: CaseAction[]; can_take_back?: boolean; letters: { name: string; label: string }[];
  rating: { level: number; words: string } | null;
}

export interface Post { id: string; unit: string; unit_name: string; area: string; area_name: string; role: string; valid_from?: string; valid_to?: string }
export interface Staff { id: string; sign_in: string; name: string; phone: string; state: string; posts: Post[]; password?: string }
export interface Unit { code: string; name: string; kind: string }
export interface Area { code: string; name: string; kind: string; parent: string }
export interface Role { name: string; label?: string; label_en?: string; rights?: string[] }

export interface SheetRow { number: number; cells: string[] }
export interface BookSheet { name: string; rows: SheetRow[] }
export interface BookNote { level: 'error' | 'warning' | 'info'; where: string; code: string; message: string; suggestion?: string; shown?: string }
export interface Check {
  kind: string; title: string; code: string; version: string; sheets: BookSheet[]; notes: BookNote[];
  can_publish: boolean; is_unchanged: boolean; effect: { open_cases: number }; image: string;
}
export interface PublishedService { code: string; title: string; version: string; published_at: number; published_by: string }

export interface Trips {
  by_service: { service: string; title: string; cases: number; visits: number; wasted: number; average: number }[];
  by_cause: { cause: string; count: number; is_wasted?: boolean }[];
}
export interface Registry { name: string; label: string; count: number; properties?: { name: string; label: string }[] }
export interface RegistryPage {
  total: number; properties: { name: string; label: string }[];
  items: { id: string; label: string; area?: string; values: Record<string, string>; version?: number; conflict?: string }[];
}
export interface AuditPage {
  total: number; entries: { at: number; actor: string; name: string; op: string; object: string; result: string; repeats: number; lane: string; seq: number }[];
}
export interface Person { id: string; name: string; id_masked: string; village: string; village_name?: string; birth: string; sex?: string; phone?: string; values?: Record<string, string> }
