/* What the server says, member by member as in docs/api.md and src/forms/service.h. */
export interface Session {
  signed_in: boolean; kind: 'staff' | 'resident' | ''; person: { name: string } | null;
  posts: { id: string; unit: string; unit_name: string; area: string; area_name: string; role: string }[];
  rights: string[]; identity_level: number; must_change_password: boolean;
  tenant: { name: string; phone: string; code: string };
}
export interface ServiceCard {
  code: string; title: string; title_en?: string; picture: string; keywords: string; case_kind: string;
  limit_promised: number; limit_promised_unit: string; visits: number;
}
export interface Material {
  name: string; label: string; label_en: string; kind: string; medium: string; originals: number; copies: number;
  source: string; source_note: string; need: 'required' | 'optional' | 'deferrable'; criteria: string; guide: string;
  sample: string; certificate: string; is_exempt: boolean; when: string; question: string;
}
export interface Step { name: string; label: string; label_en: string; unit: string; role: string; limit: number; limit_unit: string }
export interface Service {
  code: string; version: string; title: string; title_en: string; picture: string; keywords: string;
  eligible_when: string; owner_unit: string; case_kind: string; limit_legal: number; limit_promised: number;
  limit_legal_unit: string; limit_promised_unit: string; identity_level: number; visits: number;
  allows_proxy: boolean; low_literacy: boolean;
  fields: { name: string; value: string; value_en?: string }[];
  materials: Material[]; steps: Step[]; rules: { name: string }[];
  applicant_name: string; applicant_id: string; applicant_phone: string; applicant_area: string;
  proxy_name: string; proxy_id: string;
  form: { image: string; media: Record<string, string>; languages: string[] };
}
export interface Answer { path: string; text: string }
export interface Known { level: number; needs_level: number; answers: (Answer & { source: string })[]; held: { material: string; label: string; on: string; grade: string }[] }
export interface Draft { id: string; code: string; key: string }
export interface OpenDraft { id: string; key: string; version: number; service: string; instance_id: string; answers: Answer[]; files: { name: string; size: number }[] }
export interface Finding { path: string; kind: string; code: string; message: string }
export interface TimelineEntry { on: string; label: string; by: string; text: string; kind: string }
export interface NoticeItem { path: string; label: string; material: string; text: string }
export interface CaseView {
  ref: string; service: { code: string; title: string }; state: string; outcome: string; sentence: string;
  due_on: string; promised_on: string; is_provisional: boolean; applicant: { name_masked: string };
  timeline: TimelineEntry[]; notice: { items: NoticeItem[]; issued_on: string } | null;
  can_correct: boolean; can_rate: boolean; rating: number | { level: number; words?: string } | null;
  letters: { name: string; label: string }[]; visits: { on: string; cause: string; is_wasted: boolean }[];
  visit_count: number; answers?: Answer[]; phone: string; instance_id?: string; code?: string; qr?: string; received_at?: number;
}
export interface Receipt {
  ref: string; code: string; instance_id: string; hash: string; sequence: number; received_at: number; head_hash: string;
  files_present: string[]; files_missing: string[]; outcome: string; qr: string; case: CaseView | null;
}
export interface SubmissionBody {
  service: string; version: string; instance_id: string; key: string; xml: string;
  files: { name: string; hash: string }[]; claim?: string; replaces?: string; draft?: string;
  proxy?: { name: string; id_number: string };
}
