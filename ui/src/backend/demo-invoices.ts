import { failure } from './backend'
import type { DemoWorld } from './demo-world'
import type { Invoices } from './invoices'

/** Invoices of the made-up people. */
export function demoInvoices(world: DemoWorld): Invoices {
  void world
  const missing = async (): Promise<never> => {
    throw failure({ kind: 'notFound' })
  }
  return {
    invoice: missing,
    invoiceShow: missing,
    invoices: async () => [],
    invoiceSave: missing,
    payLook: missing,
    paySign: missing,
    payment: missing,
    payments: async () => [],
    receiptSave: missing,
  }
}
