import type { InvoiceView, PaymentView, TicketForm } from '~/bindings'

/** What the window asks about invoices: asking anybody who has a code, and paying somebody we have no tally with. */
export interface Invoices {
  /** An invoice, good for so many seconds; whoever pays chooses how much if no amount is given. */
  invoice(
    units: number | null,
    memo: string | null,
    reference: string | null,
    goodFor: number,
  ): Promise<InvoiceView>
  invoiceShow(id: string): Promise<InvoiceView>
  invoices(): Promise<InvoiceView[]>
  /** Writes its code or its link into the folder of downloads; where it lies then. */
  invoiceSave(id: string, form: TicketForm): Promise<string>
  /** Reads an invoice and looks for a way to whoever made it. */
  payLook(code: string, units: number | null): Promise<PaymentView>
  /** Signs: all of it arrives, or nothing. */
  paySign(id: string, units: number | null): Promise<PaymentView>
  payment(id: string): Promise<PaymentView>
  payments(): Promise<PaymentView[]>
  /** Writes the receipt into the folder of downloads; where it lies then. */
  receiptSave(id: string): Promise<string>
}
